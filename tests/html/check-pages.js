// SPDX-License-Identifier: GPL-3.0-or-later
// Pages in a browser: they open without an error or a request, and do what they say.
//
//	check-pages.js CHROMIUM CLEAN DAMAGED HOSTILE FLEET DIFF
"use strict";

const assert = require("assert");
const path = require("path");
const { chromium } = require("playwright-core");

const TESTS = [];
// For what hangs, not for a machine that is busy.
const TIMEOUT = 300000;

function test(name, options, body) {
	TESTS.push({ name, options, body });
}

// What a user reads, text by text: its colour, and that of what is behind it.
function readable() {
	const found = [];
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);

	function numbers(colour) {
		const n = colour.match(/[\d.]+/g).map(Number);

		return n.length < 4 ? [...n, 1] : n;
	}
	function ground(element) {
		for (; element; element = element.parentElement) {
			const colour = numbers(getComputedStyle(element).backgroundColor);

			if (colour[3] === 1)
				return colour;
		}
		return numbers(getComputedStyle(document.body).backgroundColor);
	}
	while (walker.nextNode()) {
		const text = walker.currentNode.textContent.trim(), parent = walker.currentNode.parentElement;

		if (text && !["SCRIPT", "STYLE"].includes(parent.tagName))
			found.push({ text, ink: numbers(getComputedStyle(parent).color), paper: ground(parent) });
	}
	return found;
}

function luminance(colour) {
	const [r, g, b] = colour.slice(0, 3).map((c) => c / 255)
		.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));

	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
	const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);

	return (high + 0.05) / (low + 0.05);
}

for (const scheme of ["light", "dark"])
	test(`${scheme} colours can be read`, { colorScheme: scheme }, async ({ open }) => {
		for (const name of ["clean", "damaged", "fleet", "diff"]) {
			const page = await open(name);
			const texts = await page.evaluate(readable);
			const dark = luminance(texts[0].paper) < 0.5;

			assert.strictEqual(dark, scheme === "dark");
			assert(texts.length > 100);
			for (const { text, ink, paper } of texts)
				assert(contrast(ink, paper) >= 4.5, `${name}: ${text}: ${ink} on ${paper}`);
		}
	});

test("what comes first is the verdict", {}, async ({ open }) => {
	assert.strictEqual(await (await open("clean")).textContent("main h1"), "CLEAN");
	const page = await open("damaged");

	assert.strictEqual(await page.textContent("main > section:first-child h1"), "CORRUPT");
	assert(await page.locator("article.card h3 code").count());
	assert(await page.locator("pre.hex mark").count());
});

test("tables sort", {}, async ({ open }) => {
	const page = await open("damaged");
	const head = page.locator("table.sortable th", { hasText: "Memory" });
	const column = await head.evaluate((th) => th.cellIndex);
	const values = () => page.$$eval("table.sortable tbody tr", (rows, c) =>
		rows.map((row) => Number(row.cells[c].dataset.v)), column);
	const ascending = (list) => list.every((v, i) => !i || list[i - 1] <= v);

	await head.locator("button").click();
	assert.strictEqual(await head.getAttribute("aria-sort"), "descending");
	assert(ascending((await values()).reverse()));
	await head.locator("button").focus();
	await page.keyboard.press("Enter");
	assert.strictEqual(await head.getAttribute("aria-sort"), "ascending");
	assert(ascending(await values()));
	const name = page.locator("table.sortable th", { hasText: "Cache" });

	await name.locator("button").click();
	assert.strictEqual(await head.getAttribute("aria-sort"), null);
	const names = await page.$$eval("table.sortable tbody th", (cells) =>
		cells.map((cell) => cell.textContent.toLowerCase()));

	assert.deepStrictEqual(names, [...names].sort());
});

test("tables filter", {}, async ({ open }) => {
	const page = await open("damaged");
	const shown = () => page.locator("table.sortable tbody tr:visible").count();
	const all = await shown();

	await page.getByLabel("Filter").fill("kmalloc-rcl");
	const some = await shown();

	assert(some > 0 && some < all);
	assert.strictEqual(await page.textContent(".filter [role=status]"), `${some} of ${all}`);
	await page.getByLabel("Filter").fill("no such cache");
	assert.strictEqual(await shown(), 0);
	await page.getByLabel("Filter").fill("");
	await page.locator(".filter select").selectOption("corrupt");
	assert.strictEqual(await shown(), 1);
});

test("maps tell of the mouse and of the keyboard", {}, async ({ open }) => {
	const page = await open("damaged");
	const cells = page.locator("table.map").first().locator("td[title]");
	const told = () => page.locator(".told").first().textContent();

	await cells.nth(2).hover();
	assert.match(await told(), /^object 2, [0-9a-f]{16}: /);
	await page.locator("table.map td[tabindex='0']").first().focus();
	await page.keyboard.press("Home");
	assert.match(await told(), /^object 0, /);
	await page.keyboard.press("ArrowRight");
	assert.match(await told(), /^object 1, /);
	await page.keyboard.press("ArrowLeft");
	await page.keyboard.press("ArrowDown");
	assert.match(await told(), /^object (16|32), /);
	await page.keyboard.press("End");
	assert.match(await told(), new RegExp(`^object ${(await cells.count()) - 1}, `));
	// One cell of a map is reached by Tab.
	assert.strictEqual(await page.locator("table.map").first().locator("td[tabindex='0']").count(), 1);
	assert.strictEqual(await page.locator("table.map td.bad").count() > 0, true);
});

test("without its script a page says the same", { javaScriptEnabled: false }, async ({ open }) => {
	const page = await open("damaged");

	assert.strictEqual(await page.textContent("main h1"), "CORRUPT");
	assert(await page.locator("table.map td[title]").count());
	assert(await page.locator("table.sortable tbody tr").count() > 50);
	assert.strictEqual(await page.locator(".filter").count(), 0);
});

test("paper has all and no menus", {}, async ({ open }) => {
	const page = await open("damaged");

	await page.emulateMedia({ media: "print" });
	for (const part of ["nav", ".filter"])
		assert.strictEqual(await page.locator(part).first().isVisible(), false, part);
	assert(await page.locator("table.sortable").isVisible());
	await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
	assert.strictEqual(await page.locator("details:not([open])").count(), 0);
	const paper = await page.pdf({ format: "A4" });

	assert(paper.length > 10000 && paper.subarray(0, 5).toString() === "%PDF-");
});

test("narrow windows need no sideways scrolling", { viewport: { width: 390, height: 800 } },
	async ({ open }) => {
		for (const name of ["clean", "damaged", "hostile", "fleet", "diff"]) {
			const page = await open(name);
			const width = await page.evaluate(() => document.documentElement.scrollWidth);

			assert(width <= 390, `${name}: ${width}`);
		}
	});

test("a screen reader finds its way", {}, async ({ open }) => {
	for (const name of ["damaged", "fleet", "diff"])
		await labels_check(await open(name));
});

async function labels_check(page) {
	for (const role of ["banner", "navigation", "main"])
		assert.strictEqual(await page.getByRole(role).count(), 1, role);
	assert.strictEqual(await page.locator("th:not([scope])").count(), 0);
	assert.strictEqual(await page.locator("table:not(:has(caption))").count(), 0);
	assert.strictEqual(await page.locator("svg:not([role=img]):not([aria-hidden=true])").count(), 0);
	const broken = await page.$$eval("a[href^='#']", (links) => links.map((a) => a.getAttribute("href"))
		.filter((href) => document.querySelectorAll(`[id="${href.slice(1)}"]`).length !== 1));

	assert.deepStrictEqual(broken, []);
	assert.strictEqual(await page.getAttribute("html", "lang"), "en");
}

test("a fleet of 100001 dumps sorts, filters and links", {}, async ({ open }) => {
	const page = await open("fleet");
	const table = page.locator("table.bugs");
	const rows = table.locator("tbody tr");
	const all = await rows.count();

	assert.match(await page.textContent("main h1"), /^\d+ groups in 100,001 dumps$/);
	assert(all > 300, String(all));
	assert((await page.content()).length < 3 << 20);
	await table.locator("th", { hasText: "Kernels" }).locator("button").click();
	const kernels = await rows.evaluateAll((list) => list.map((row) => Number(row.lastElementChild.dataset.v)));

	assert(kernels.every((v, i) => !i || kernels[i - 1] >= v));
	await page.getByLabel("Filter").first().fill("with-a-page");
	assert.strictEqual(await table.locator("tbody tr:visible").count(), 1);
	assert.strictEqual(await table.locator("tbody tr:visible .tag").textContent(), "new");
	await page.getByLabel("Filter").first().fill("");
	await page.getByLabel("Finding").selectOption("freelist-cycle");
	const some = await table.locator("tbody tr:visible").count();

	assert(some > 0 && some < all);
	assert.strictEqual(await table.locator("th.still button").count(), 0);
	assert(await page.locator("svg.chart g title").count() > 20);
	assert.strictEqual(await page.locator("#when tbody tr").count(), 24);
	assert.strictEqual(await page.locator("#since li").count() > 5, true);
});

test("two dumps: what grew sorts and filters", {}, async ({ open }) => {
	const page = await open("diff");
	const rows = page.locator("#caches tbody tr");

	assert.strictEqual(await page.textContent("main h1"), "1 new finding");
	assert.strictEqual(await page.locator("article.card.corrupt").count(), 1);
	const all = await rows.count();

	assert(all > 3, String(all));
	await page.locator("#caches th", { hasText: "Objects more" }).locator("button").click();
	const more = await rows.evaluateAll((list) => list.map((row) => Number(row.cells[3].dataset.v)));

	assert(more.every((v, i) => !i || more[i - 1] >= v), String(more));
	await page.getByLabel("Filter").fill("no such cache");
	assert.strictEqual(await page.locator("#caches tbody tr:visible").count(), 0);
});

test("an example of a fleet leads to its page", {}, async ({ open, problems }) => {
	const page = await open("fleet");
	const link = page.locator("a", { hasText: "its page" });

	assert.strictEqual(await link.count(), 1);
	assert.strictEqual(await link.getAttribute("href"), "./dump/vm%20core.html");
	await link.click();
	await page.waitForURL(/vm%20core\.html$/);
	assert.strictEqual(await page.textContent("main h1"), "CORRUPT");
	/* The one request that a page makes: of the user. */
	assert.strictEqual(problems.length, 1);
	assert.match(problems.pop(), /asks for file:.*vm%20core\.html$/);
});

test("names from a dump are text", {}, async ({ open }) => {
	const page = await open("hostile");

	assert.strictEqual(await page.evaluate(() => window.broken), undefined);
	assert.strictEqual(await page.locator("script").count(), 1);
	assert.strictEqual(await page.locator("img, iframe, object, form, [onload], [onerror]").count(), 0);
	assert((await page.textContent("main")).includes("<script>"));
});

test("the policy holds where something gets in", {}, async ({ open, problems }) => {
	const page = await open("clean");

	/* Resolves when the browser says that it refused both. */
	const refused = await page.evaluate(() => new Promise((resolve) => {
		const script = document.createElement("script"), said = [];

		document.addEventListener("securitypolicyviolation", (event) => {
			said.push(event.effectiveDirective);
			if (said.length === 2)
				resolve(said.sort());
		});
		script.textContent = "window.broken = 1";
		document.body.appendChild(script);
		new Image().src = "http://192.0.2.1/x.png";
	}));

	assert.deepStrictEqual(refused, ["img-src", "script-src-elem"]);
	assert.strictEqual(await page.evaluate(() => window.broken), undefined);
	/* The driver tells of the request; it is refused before it leaves. */
	for (const said of problems)
		assert.match(said, /Content Security Policy|^clean asks for http:\/\/192\.0\.2\.1\/x\.png$/);
	problems.length = 0;
});

async function run(browser, files, { name, options, body }) {
	const context = await browser.newContext(options);
	const problems = [];

	context.setDefaultTimeout(TIMEOUT);
	async function open(which) {
		const page = await context.newPage(), url = "file://" + path.resolve(files[which]);

		page.on("console", (message) => problems.push(`${which}: ${message.text()}`));
		page.on("pageerror", (error) => problems.push(`${which}: ${error.message}`));
		page.on("request", (request) => {
			if (request.url() !== url)
				problems.push(`${which} asks for ${request.url()}`);
		});
		await page.goto(url);
		return page;
	}
	try {
		await body({ open, problems });
		assert.deepStrictEqual(problems, []);
		console.log(`ok   ${name}`);
		return true;
	} catch (error) {
		console.log(`FAIL ${name}\n${error.stack}`);
		return false;
	} finally {
		await context.close();
	}
}

async function main() {
	const [executablePath, clean, damaged, hostile, fleet, diff] = process.argv.slice(2);
	const browser = await chromium.launch({
		executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"], timeout: TIMEOUT,
	});
	let failed = 0;

	console.log(`chromium ${browser.version()}`);

	for (const one of TESTS)
		failed += !await run(browser, { clean, damaged, hostile, fleet, diff }, one);
	await browser.close();
	return failed ? 1 : 0;
}

main().then((status) => process.exit(status), (error) => {
	console.log(`FAIL chromium cannot be used\n${error.stack}`);
	process.exit(1);
});
