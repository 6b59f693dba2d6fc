/**
 * The keys of the rows on disk. Each kind begins with its name; `~` separates, and no part but the last can hold one.
 *
 * - `table~<name>`: a table's description and time to live.
 * - `dropped~<table id>`: a deleted table whose rows are still being deleted.
 * - `item~<table id>~<key>` and `index~<table id>~<index>~<index key>/<key>`: the items.
 * - `token~<client request token>`: a finished transaction.
 */
import { createKey, type Item, type TableDescription } from 'dynalite/db/index.js';

export const tablePrefix = 'table~';
export const droppedPrefix = 'dropped~';
export const tokenPrefix = 'token~';
export const itemPrefix = (tableId: string) => `item~${tableId}~`;
export const indexesPrefix = (tableId: string) => `index~${tableId}~`;
export const indexPrefix = (tableId: string, index: string) => `${indexesPrefix(tableId)}${index}~`;

/** dynalite ends an index key with 24 bits of a hash, too few to tell items apart: the item's whole key follows. */
export const indexKey = (dynaliteKey: string, itemKey: string) => `${dynaliteKey}/${itemKey}`;

/** The index key at which a page starts: what dynalite made of `ExclusiveStartKey`, completed. */
export const indexStart = (dynaliteKey: string, start: Item, table: TableDescription) =>
  indexKey(dynaliteKey, createKey(start, table));

/** Bounds of every row that begins with `prefix`. */
export const within = (prefix: string) => ({ gte: prefix, lt: `${prefix.slice(0, -1)}\x7f` });
