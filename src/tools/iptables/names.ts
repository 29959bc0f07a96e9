// Which names chains and targets may have.
import { findTarget, isUnbuilt } from '../../kernel/netfilter/extensions.js'
import { badParameter } from '../../kernel/netfilter/xtables-error.js'
import { MAX_CHAIN_NAME } from './options.js'

export function checkNewName(name: string): void {
  if (name.startsWith('-') || name.startsWith('!')) throw badParameter(`chain name not allowed to start with \`${name[0]}'`)
  if (findTarget(name) !== null || isUnbuilt('target', name) || ['ACCEPT', 'DROP', 'RETURN', 'QUEUE'].includes(name)) {
    throw badParameter('chain name may not clash with target name')
  }
  if (name.length > MAX_CHAIN_NAME) throw badParameter(`chain name \`${name}' too long (must be under ${MAX_CHAIN_NAME + 1} chars)`)
  if (/\s/.test(name)) throw badParameter(`Invalid chain name \`${name}'`)
}

export function checkTargetName(name: string): void {
  if (name === '') throw badParameter('Invalid target name (too short)')
  if (name.length > MAX_CHAIN_NAME) throw badParameter(`Invalid target name \`${name}' (${MAX_CHAIN_NAME} chars max)`)
  if (/\s/.test(name)) throw badParameter(`Invalid target name \`${name}'`)
}
