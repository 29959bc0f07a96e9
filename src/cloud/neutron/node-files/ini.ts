// Configuration files as oslo.config reads them: sections of `key = value`.

export type IniValues = readonly (readonly [key: string, value: string])[]
export type IniFile = readonly (readonly [section: string, values: IniValues])[]

/** What every file of a lab begins with: a learner may edit it, and must know when that counts. */
const HEAD = '# Settings of this lab. A service reads them when it is started (service NAME restart).\n'

export function iniText(file: IniFile): string {
  const parts = file
    .filter(([, values]) => values.length > 0)
    .map(([section, values]) => `[${section}]\n${values.map(([key, value]) => `${key} = ${value}\n`).join('')}`)
  return `${HEAD}${parts.join('\n')}`
}

/** Values by `section/key`, as the last line that sets it says. */
export function readIni(text: string): Map<string, string> {
  const values = new Map<string, string>()
  let section = 'DEFAULT'
  for (const raw of text.split('\n')) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    const heading = /^\[(.+)\]$/.exec(line)
    if (heading !== null) {
      section = heading[1]!
      continue
    }
    const setting = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(line)
    if (setting !== null) values.set(`${section}/${setting[1]}`, setting[2]!.replace(/^(["'])(.*)\1$/, '$2'))
  }
  return values
}
