// The version of the program: put in by the build, read from package.json when run from source.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder } from '../scenario/library.js'

declare const NETLAB_VERSION: string | undefined

export function version(): string {
  if (typeof NETLAB_VERSION === 'string') return NETLAB_VERSION
  return String((JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8')) as { version: string }).version)
}
