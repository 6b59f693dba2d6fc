/** What was checked, and what did not hold. */
export type Book = ReturnType<typeof openBook>;

export function openBook() {
  const checks: Record<string, number> = {};
  const violations: string[] = [];
  const involved = new Set<string>();
  return {
    /** How often each invariant was held against something. */
    checks,
    violations,
    /** Ids of the events whose deliveries tell the story of a violation. */
    involved,
    /** @param eventId Whose story tells more. */
    check(invariant: string, holds: boolean, violation: () => string, eventId?: string | null): void {
      checks[invariant] = (checks[invariant] ?? 0) + 1;
      if (holds) return;
      violations.push(`${invariant}: ${violation()}`);
      if (eventId) involved.add(eventId);
    },
  };
}
