// What the measurements of the engines are given.
export interface Bounds {
  /** How long each phase lasts. */
  readonly seconds: number
  /** Of what is compared side by side. */
  readonly rounds: number
}
