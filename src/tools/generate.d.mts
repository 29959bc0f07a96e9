export function generatedIndex(): string
export function writeIndex(onlyLook?: boolean): boolean
