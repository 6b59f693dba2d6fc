/**
 * The virtual clock. Whatever takes time in the simulated world is a task here; between two tasks every promise that can
 * go on does, so that the order of all that happens follows from the seed alone. No timer ever runs.
 */
import type { Chance } from './random.ts';

type Task = { at: number; tie: number; run: () => unknown };

/** What a task says that let no promise go on: the next one need not wait for any. */
export const QUIET = Symbol('quiet');

export class Scheduler {
  now: number;
  readonly #chance: Chance;
  readonly #heap: Task[] = [];
  #stopped = false;

  constructor(start: number, chance: Chance) {
    this.now = start;
    this.#chance = chance;
  }

  /**
   * Runs `run` at a time; of tasks of one instant, chance decides which goes first.
   *
   * @param run Returns QUIET if no promise can go on because of it. @default whatever can, does
   */
  at(time: number, run: () => unknown): void {
    const task = { at: Math.max(Math.ceil(time), this.now), tie: this.#chance.number(), run };
    const heap = this.#heap;
    let index = heap.push(task) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(heap[parent]!, task)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = task;
  }

  after(ms: number, run: () => unknown): void {
    this.at(this.now + ms, run);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  stop(): void {
    this.#stopped = true;
  }

  async runUntil(end: number): Promise<void> {
    while (!this.#stopped && this.#heap.length > 0 && this.#heap[0]!.at <= end) {
      const task = this.#next();
      this.now = task.at;
      if (task.run() !== QUIET) await everyPromise();
    }
    if (!this.#stopped) this.now = end;
  }

  #next(): Task {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (isBefore(last, heap[child]!)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

const isBefore = (one: Task, other: Task) => one.at < other.at || (one.at === other.at && one.tie < other.tie);

/** A tick's turn comes when no promise can go on any more. */
const everyPromise = () => new Promise<void>((resolve) => process.nextTick(resolve));

/** For a worker that died: whatever it waited for never comes. */
export const never = <Value>(): Promise<Value> => new Promise<Value>(() => {});
