// Sections of a lesson's prose that belong to no step.
export const OPENING = 'opening'
export const END = 'end'
