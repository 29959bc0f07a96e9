// A lesson's prose in one language: sections bound to steps by id, texts of goals, hints and choices.
export interface ProseSection {
  readonly id: string
  readonly title: string
  readonly markdown: string
}
export interface Prose {
  readonly language: string
  readonly title: string
}
