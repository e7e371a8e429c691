// thread: any

/** What a token of the admin port allows: to look, or to change as well. */
export const roles = ['view', 'operate'] as const
export type Role = (typeof roles)[number]
