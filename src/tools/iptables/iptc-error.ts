// What libiptc answers when a table cannot be changed, with its own texts for some errors of some calls.
import type { Errno } from '../../kernel/errno.js'
import { errnoText } from '../../kernel/errno.js'

export type IptcCall =
  | 'init'
  | 'create-chain'
  | 'delete-chain'
  | 'insert'
  | 'replace'
  | 'delete'
  | 'delete-number'
  | 'zero-counter'
  | 'set-policy'
  | 'other'

const TEXTS: readonly (readonly [IptcCall, Errno, string])[] = [
  ['init', 'ENOENT', 'Table does not exist (do you need to insmod?)'],
  ['create-chain', 'EEXIST', 'Chain already exists'],
  ['insert', 'E2BIG', 'Index of insertion too big'],
  ['replace', 'E2BIG', 'Index of replacement too big'],
  ['delete-number', 'E2BIG', 'Index of deletion too big'],
  ['zero-counter', 'E2BIG', 'Index of counter too big'],
  ['delete', 'ENOENT', 'Bad rule (does a matching rule exist in that chain?)'],
  ['set-policy', 'ENOENT', 'Bad built-in chain name'],
  ['set-policy', 'EINVAL', 'Bad policy name'],
]

export class IptcError extends Error {
  constructor(
    readonly call: IptcCall,
    readonly errno: Errno,
  ) {
    super(iptcText(call, errno))
  }
}

export function iptcText(call: IptcCall, errno: Errno): string {
  const own = TEXTS.find(([each, code]) => each === call && code === errno)
  if (own !== undefined) return own[2]
  if (errno === 'ENOENT') return 'No chain/target/match by that name'
  return errnoText(errno)
}
