/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a page can do beyond being read: tables that sort and filter, and maps to point at. All that is
 * said stands in the page without this script. It makes elements and sets text, never markup. */
"use strict";

(function () {
	function make(name, parent, text) {
		const element = document.createElement(name);

		if (text)
			element.textContent = text;
		parent.appendChild(element);
		return element;
	}

	/* --- Tables that sort --- */

	function valueOf(row, column) {
		const cell = row.cells[column];
		const value = cell.dataset.v;

		if (value === undefined)
			return cell.textContent.trim().toLowerCase();
		return value !== "" && isFinite(value) ? Number(value) : value;
	}

	function compare(a, b) {
		return a < b ? -1 : a > b ? 1 : 0;
	}

	function sort(table, column, direction) {
		const body = table.tBodies[0];
		const rows = Array.from(body.rows, function (row, index) {
			return { row: row, index: index, value: valueOf(row, column) };
		});

		rows.sort(function (a, b) {
			return direction * compare(a.value, b.value) || a.index - b.index;
		});
		for (const entry of rows)
			body.appendChild(entry.row);
	}

	function sortable(table) {
		const heads = Array.from(table.tHead.rows[0].cells);

		heads.forEach(function (head, column) {
			const button = document.createElement("button");

			/* A picture has no order. */
			if (head.classList.contains("still"))
				return;
			button.type = "button";
			button.textContent = head.textContent;
			head.textContent = "";
			head.appendChild(button);
			button.addEventListener("click", function () {
				/* Of numbers one wants the largest first. */
				const first = head.classList.contains("n") ? "descending" : "ascending";
				const other = first === "ascending" ? "descending" : "ascending";
				const next = head.getAttribute("aria-sort") === first ? other : first;

				for (const h of heads)
					h.removeAttribute("aria-sort");
				head.setAttribute("aria-sort", next);
				sort(table, column, next === "ascending" ? 1 : -1);
			});
		});
	}

	/* --- And filter --- */

	function labelled(form, text, name) {
		const label = make("label", form, text);

		return make(name, label);
	}

	/* Words of a column that has few: the second one of the tables. */
	function wordsOf(table) {
		const words = new Set();

		for (const row of table.tBodies[0].rows)
			words.add(row.cells[1].dataset.v || row.cells[1].textContent);
		return Array.from(words).sort();
	}

	function chooser(form, table) {
		const numbers = table.tHead.rows[0].cells[1].classList.contains("n");
		const words = numbers ? [] : wordsOf(table);
		let select;

		if (words.length < 2 || words.length > 30)
			return null;
		select = labelled(form, table.tHead.rows[0].cells[1].textContent, "select");
		make("option", select, "any").value = "";
		for (const word of words)
			make("option", select, word).value = word;
		return select;
	}

	function filterable(table) {
		const form = document.createElement("div");
		const rows = Array.from(table.tBodies[0].rows);
		let text, select, told;

		form.className = "filter";
		form.setAttribute("role", "search");
		table.parentNode.parentNode.insertBefore(form, table.parentNode);
		text = labelled(form, "Filter", "input");
		text.type = "search";
		text.spellcheck = false;
		select = chooser(form, table);
		told = make("span", form);
		told.className = "dim";
		told.setAttribute("role", "status");

		function apply() {
			const wanted = text.value.trim().toLowerCase();
			const word = select ? select.value : "";
			let shown = 0;

			for (const row of rows) {
				const second = row.cells[1].dataset.v || row.cells[1].textContent;
				const fits = row.textContent.toLowerCase().includes(wanted) &&
					(!word || second === word);

				row.hidden = !fits;
				shown += fits;
			}
			told.textContent = shown + " of " + rows.length;
		}

		text.addEventListener("input", apply);
		if (select)
			select.addEventListener("change", apply);
		apply();
	}

	/* --- Maps --- */

	function step(cells, index, columns, key) {
		const steps = {
			ArrowRight: 1,
			ArrowLeft: -1,
			ArrowDown: columns,
			ArrowUp: -columns,
		};

		if (key === "Home")
			return 0;
		if (key === "End")
			return cells.length - 1;
		if (!(key in steps))
			return -1;
		index += steps[key];
		return index >= 0 && index < cells.length ? index : -1;
	}

	/* One cell is reached by Tab, the others by the arrows. What it is is said below the map. */
	function pointable(map) {
		const cells = Array.from(map.querySelectorAll("td[title]"));
		const columns = map.tBodies[0].rows[0].cells.length - 1;
		const told = map.parentNode.nextElementSibling;
		let at = map.querySelector("td.bad") || cells[0];

		if (!cells.length)
			return;
		for (const cell of cells) {
			cell.dataset.t = cell.title;
			cell.tabIndex = -1;
		}
		at.tabIndex = 0;

		function tell(cell) {
			told.textContent = cell.dataset.t;
		}

		map.addEventListener("mouseover", function (event) {
			const cell = event.target.closest("td[data-t]");

			if (cell)
				tell(cell);
		});
		map.addEventListener("focusin", function (event) {
			const cell = event.target.closest("td[data-t]");

			if (!cell)
				return;
			at.tabIndex = -1;
			at = cell;
			at.tabIndex = 0;
			tell(cell);
		});
		map.addEventListener("keydown", function (event) {
			const next = step(cells, cells.indexOf(at), columns, event.key);

			if (next < 0)
				return;
			event.preventDefault();
			cells[next].focus();
		});
	}

	for (const table of document.querySelectorAll("table.sortable")) {
		filterable(table);
		sortable(table);
	}
	for (const map of document.querySelectorAll("table.map"))
		pointable(map);
	/* Paper has nothing to open. */
	window.addEventListener("beforeprint", function () {
		for (const details of document.querySelectorAll("details:not([open])")) {
			details.open = true;
			details.dataset.printed = "1";
		}
	});
	window.addEventListener("afterprint", function () {
		for (const details of document.querySelectorAll("details[data-printed]")) {
			details.open = false;
			delete details.dataset.printed;
		}
	});
})();
