# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of the catalogue by which the kernel dies while the allocator is healthy, and of each row
by which it dies the stories that are right.

The stories follow from what is done, never from what a program prints about the dump.
"""

from dataclasses import dataclass

from catalogue import BYTES, KFENCE, Fault, Must

DAMAGED, FREED, OBJECT = "allocator-damaged", "freed-object-used", "object-damaged"
DELETED, NULL, BAD = "deleted-entry-used", "null-pointer", "bad-pointer"
CHECK, NONE = "check-failed", "no-exception"

# A cache with poison, and a boot option without which 5.10 does not obey its flags.
POISON = {"append": "slub_debug=F,slubfault_none", "parameters": {"debug": "P"}}
WARNS = {"append": "panic_on_warn=1"}


def death(name, what, **more):
    """Unless a row says otherwise no finding is owed, and none is allowed."""
    more = {"memory": 128, **more}
    return Fault(name, what, panics=True, **more)


DEATHS = [
    death("death-freed-link", "a pointer in a freed object is followed, where its freepointer is"),
    death("death-freed-member", "a pointer in a freed object is followed, elsewhere; what it led "
          "to was freed with the object"),
    death("death-freed-null", "the same, and the pointer was cleared before the free"),
    death("death-freed-call", "a function of a freed object is called, where its freepointer is"),
    death("death-reused-call", "a freed object is handed out again, its new owner keeps text in "
          "it, and the old one follows its pointer to operations"),
    death("death-list-del-beside", "a freed object is on a list still, and the entry behind it is "
          "deleted: the check of list_del() stops"),
    death("death-list-del-freed", "a freed object is deleted from a list"),
    death("death-list-add-freed", "an entry is added to a list behind a freed object"),
    death("death-list-walk", "a list with a freed object on it is walked"),
    death("death-list-del-twice", "an object in use is deleted from a list twice"),
    death("death-list-poison-freed", "an object is deleted from a list and freed, and somebody "
          "goes on from it to the next"),
    death("death-list-poison-live", "an object is deleted from a list, and somebody goes on from "
          "it to the next"),
    death("death-bit-flip", "a bit of a pointer in an object flips: bit 40, or the parameter bit",
          parameters={"bit": "40"}, limits={"bit": range(38, 64)}),
    death("death-bit-flip-high", "bit 60 of a pointer in an object flips",
          parameters={"bit": "60"}, limits={"bit": range(48, 63)}, module="death-bit-flip"),
    death("death-refcount", "a reference too many to an object is dropped, of which the kernel "
          "warns; then the object, which is free, is used"),
    death("death-refcount-warn", "a reference too many is dropped, of which the kernel panics",
          **WARNS),
    death("death-null-member", "a pointer in an object is NULL, and is followed"),
    death("death-text-over", "the owner of an object writes a text that is too long, and the owner "
          "of the next one follows a pointer"),
    death("death-counter-over", "the owner of an object stores 4 bytes beyond its end, to the upper "
          "half of a pointer in the next one"),
    death("death-dma", "a device writes a page that is a slab's by now, and a pointer in it is "
          "followed"),
    death("death-poison", "a pointer in a freed object with poison is followed", **POISON),
    death("death-poison-call", "a function of a freed object with poison is called", **POISON),
    death("death-poison-unset", "a pointer that was never set is followed in a new object of a "
          "cache with poison", **POISON),
    death("death-init-gone", "an object has operations in the memory of a module's initialisation, "
          "which is gone"),
    death("death-stack-garbage", "a pointer that was never set is followed"),
    death("death-err-ptr", "a pointer that is an error code is followed"),
    death("death-call-data", "a pointer to a function in an object is overwritten with one to data, "
          "and the function is called"),
    death("death-kfence", "a freed object that KFENCE has is read, of which the kernel panics",
          append="kfence.sample_interval=1 panic_on_warn=1", needs=KFENCE),
    death("death-freed-copy", "a text is copied from where a pointer in a freed object leads, which "
          "is where its freepointer is"),
    death("death-freed-string", "the same, and the length of the text is asked for"),
    death("death-null-call", "an object has operations, and the one that is called is NULL"),
    death("death-null-far", "a pointer in an object is NULL, and a member that lies pages behind "
          "it is read"),
    death("death-poison-counter", "a number in a freed object with poison is decremented, and a "
          "pointer in it is followed", must=(Must("poison-overwritten", BYTES),), **POISON),
    death("death-wrong-cache", "an object is freed to another cache than its own, of which the "
          "kernel warns and panics", **WARNS),
    death("death-rcu-freed", "an object that waits for RCU is freed, and RCU goes on to the next "
          "callback"),
    death("death-timer-freed", "an object is freed while its timer is pending"),
    death("death-module-gone", "a module is unloaded with objects left in its cache, one of which "
          "has a timer that calls the module", append="unload=1"),
]


@dataclass(frozen=True)
class Story:
    """A right answer to why the kernel died.

    origin: the word that was followed lies in the object, and a register has the object: it has to
    be said from where the word is.
    """

    ids: tuple
    origin: bool = False
    # The second object of the fault is a right one to name as well.
    other: bool = False
    # No object has to do with it.
    nothing: bool = False
    # The word that is wrong lies in none, so that none has to be named.
    elsewhere: bool = False


STORIES = {
    "death-freed-link": Story((FREED,), origin=True),
    "death-freed-member": Story((FREED,), origin=True),
    "death-freed-null": Story((FREED,)),
    "death-freed-call": Story((FREED,), origin=True),
    # From the dump alone nobody knows that there was another owner.
    "death-reused-call": Story((OBJECT,), origin=True),
    "death-list-del-beside": Story((FREED,)),
    "death-list-del-freed": Story((FREED,), origin=True),
    "death-list-add-freed": Story((FREED,)),
    "death-list-walk": Story((FREED,)),
    "death-list-del-twice": Story((DELETED, CHECK)),
    "death-list-poison-freed": Story((FREED,), origin=True),
    "death-list-poison-live": Story((DELETED,), origin=True),
    "death-bit-flip": Story((BAD, OBJECT), origin=True, other=True),
    "death-bit-flip-high": Story((BAD, OBJECT), origin=True, other=True),
    "death-refcount": Story((FREED,), origin=True),
    "death-refcount-warn": Story((FREED, CHECK)),
    "death-null-member": Story((NULL,)),
    "death-text-over": Story((OBJECT,), origin=True),
    "death-counter-over": Story((OBJECT,), origin=True),
    "death-dma": Story((OBJECT,), origin=True),
    "death-poison": Story((FREED,), origin=True),
    "death-poison-call": Story((FREED,)),
    "death-poison-unset": Story((OBJECT,), origin=True),
    "death-init-gone": Story((BAD, OBJECT), origin=True),
    "death-stack-garbage": Story((BAD,), nothing=True),
    "death-err-ptr": Story((BAD,), nothing=True),
    "death-call-data": Story((BAD, OBJECT)),
    "death-kfence": Story((FREED,)),
    "death-freed-copy": Story((FREED,)),
    "death-freed-string": Story((FREED,)),
    # The NULL is one of a table of operations that is constant.
    "death-null-call": Story((NULL,), elsewhere=True),
    "death-null-far": Story((NULL,)),
    # The damage of the poison is found as well, and either tells of the same object.
    "death-poison-counter": Story((FREED, DAMAGED)),
    "death-wrong-cache": Story((CHECK,)),
    "death-rcu-freed": Story((FREED,)),
    "death-timer-freed": Story((FREED,)),
    "death-module-gone": Story((BAD, OBJECT)),
    "panic-kmalloc-32": Story((DAMAGED,)),
    "panic-kmalloc-64": Story((DAMAGED,)),
    "trap-double-free": Story((DAMAGED,)),
    "trap-sheaf-double-free": Story((DAMAGED,)),
    "trap-usercopy": Story((CHECK, DAMAGED)),
    "trap-list-del": Story((DAMAGED,)),
    "trap-kfree-wild": Story((BAD,), nothing=True),
}


def story_of(truth):
    """The keys `story`, `state` and `story_object` of a truth, also of an older one."""
    fault = truth["fault"]
    story = STORIES.get(fault["name"]) if fault else None
    if not story:
        return {"story": [], "state": None}
    return {"story": list(story.ids), "state": fault["details"].get("state")}
