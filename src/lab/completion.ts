// What Tab offers: the candidates and where in the line they begin.

export interface Completion {
  readonly from: number
  readonly candidates: readonly string[]
}
