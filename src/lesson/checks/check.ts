// A check is data out of lesson.yaml plus one evaluator a kind; each kind has its own file in this folder.
export interface CheckSpec {
  readonly kind: string
}
