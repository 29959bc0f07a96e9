// The version of the program: put in by the build, read from package.json when run from source.
import { readFileSync } from 'node:fs'

declare const NETLAB_VERSION: string | undefined

export function version(): string {
  if (typeof NETLAB_VERSION === 'string') return NETLAB_VERSION
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
}
