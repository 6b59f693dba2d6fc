import type { Hub } from '../journeys/hub-process.ts';

const MOST_STORIES = 20;

/** What `syncline show` tells of these events. */
export async function storiesOf(hub: Hub, eventIds: Iterable<string>): Promise<string[]> {
  const stories: string[] = [];
  for (const eventId of [...eventIds].slice(0, MOST_STORIES)) {
    const { stdout, stderr } = await hub.cli('show', eventId);
    stories.push(stdout || stderr);
  }
  return stories;
}
