// For proxies of which a test wants to know what follows from what was asked, not how fast: grading and answering are bounded by
// the clock, so that a proxy that is short of time stays silent instead of being slow, and on a crowded machine what was not
// graded would be refused as not sure enough.
export const unhurried = { CHAOS_GRADE_PERCENT: '100', CHAOS_GHOST_BUDGET_MS: '20000' }
