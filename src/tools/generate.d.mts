/** Path to text of every generated file. */
export function generatedFiles(): Promise<Map<string, string>>
export function writeLists(onlyLook?: boolean): Promise<boolean>
