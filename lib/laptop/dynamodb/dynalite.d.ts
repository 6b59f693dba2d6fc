/** What we use of dynalite, which ships no types. */

declare module 'dynalite/db/index.js' {
  export type AttributeValue = Record<string, unknown>;
  export type Item = Record<string, AttributeValue>;
  export type Callback<Value = unknown> = (error?: Error | null, value?: Value) => void;
  type Index = {
    IndexName: string;
    KeySchema: { AttributeName: string }[];
    Projection: { ProjectionType: string };
    ProvisionedThroughput?: object;
  };

  /** A table as `DescribeTable` answers it. */
  export type TableDescription = {
    TableName: string;
    TableId: string;
    TableStatus: string;
    KeySchema: { AttributeName: string; KeyType: string }[];
    AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
    GlobalSecondaryIndexes?: Index[];
    ProvisionedThroughput?: object;
  };

  /** A checked request: names beginning with `_` are parsed expressions. */
  export type Data = { TableName: string; [name: string]: unknown };

  /** The bounds of a read, as dynalite's actions ask for them. */
  export type Range = { gt?: string; gte?: string; lt?: string; lte?: string; reverse?: boolean; limit?: number };

  /** What an action asks of its store. */
  export type Store = {
    options: { maxItemSize: number };
    getTable(name: string, callback: Callback<TableDescription>): void;
    getItemDb(table: string): ItemDb;
    getIndexDb(kind: string, table: string, index: string): IndexDb;
  };
  export type IndexDb = {
    put?(key: string, item: Item, callback: Callback): void;
    del?(key: string, callback: Callback): void;
    createValueStream?(range: Range): unknown;
  };
  export type ItemDb = IndexDb & {
    lock?(key: string, run: (release: (callback: Callback) => Callback) => void): void;
    get?(key: string, callback: Callback<Item>): void;
  };
  export type Action = (store: Store, data: Data, callback: Callback<object>) => void;

  export const MAX_SIZE: number;
  export function createKey(item: Item, table: TableDescription): string;
  export function createIndexKey(item: Item, table: TableDescription, keySchema: object[]): string;
  export function validateKey(key: Item, table: TableDescription): Error | null | undefined;
  export function validateKeyPaths(paths: unknown, table: TableDescription): Error | null | undefined;
  export function checkConditional(data: Data, existing: Item | undefined): Error | null | undefined;
  export function itemSize(item: Item): number;
}

declare module 'dynalite/validations/index.js' {
  /** The types and rules of one operation's input. */
  export type Validation = {
    types: Record<string, unknown>;
    custom?: (data: never, store: { options: { maxItemSize: number } }) => string | undefined;
  };
  export function checkTypes(input: object, types: Validation['types']): Record<string, unknown>;
  export function checkValidations(
    data: object,
    types: Validation['types'],
    custom: Validation['custom'],
    store: { options: { maxItemSize: number } },
  ): void;
}

declare module 'dynalite/validations/*' {
  import type { Validation } from 'dynalite/validations/index.js';
  export const types: Validation['types'];
  export const custom: NonNullable<Validation['custom']>;
}

declare module 'dynalite/actions/*' {
  import type { Action } from 'dynalite/db/index.js';

  const action: Action;
  export default action;
}
