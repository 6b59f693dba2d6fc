/** A hub for journeys: they wait longer than other tests. */
import { vi } from 'vitest';

vi.setConfig({ testTimeout: 60_000 });

export * from './hub-process.ts';
