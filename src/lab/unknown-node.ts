// What to say about a node that is not there.
import { suggest } from '../scenario/suggest.js'

const MAX_LISTED = 12

export function unknownNode(name: string, known: readonly string[]): string {
  const near = suggest(name, known)
  const listed = known.length > MAX_LISTED ? `${known.slice(0, MAX_LISTED).join(', ')}, ... ${known.length} in all` : known.join(', ')
  return `no node "${name}"${near === null ? '' : `; did you mean "${near}"?`} (known: ${listed})`
}
