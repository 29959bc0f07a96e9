// What every client takes before (or between) its subcommand's words: credentials, given there instead of in the environment.

import type { Argument, ParsedArguments } from '../../../grammar/argparse.js'
import { ownOf } from '../../../grammar/own-of.js'
import type { Process } from '../../../node/process.js'

/** Option -> variable of the environment it stands for. */
const VARIABLES: Readonly<Record<string, string>> = {
  'os-username': 'OS_USERNAME',
  'os-password': 'OS_PASSWORD',
  'os-tenant-name': 'OS_TENANT_NAME',
  'os-tenant-id': 'OS_TENANT_ID',
  'os-project-name': 'OS_PROJECT_NAME',
  'os-project-id': 'OS_PROJECT_ID',
  'os-user-domain-name': 'OS_USER_DOMAIN_NAME',
  'os-user-domain-id': 'OS_USER_DOMAIN_ID',
  'os-project-domain-name': 'OS_PROJECT_DOMAIN_NAME',
  'os-project-domain-id': 'OS_PROJECT_DOMAIN_ID',
  'os-auth-url': 'OS_AUTH_URL',
  'os-region-name': 'OS_REGION_NAME',
  'os-token': 'OS_TOKEN',
  'os-url': 'OS_URL',
  'os-auth-type': 'OS_AUTH_TYPE',
  'os-auth-system': 'OS_AUTH_SYSTEM',
  'os-auth-strategy': 'OS_AUTH_STRATEGY',
  'os-identity-api-version': 'OS_IDENTITY_API_VERSION',
  'os-compute-api-version': 'OS_COMPUTE_API_VERSION',
  'os-network-api-version': 'OS_NETWORK_API_VERSION',
  'os-image-api-version': 'OS_IMAGE_API_VERSION',
  'os-interface': 'OS_INTERFACE',
  'os-endpoint-type': 'OS_ENDPOINT_TYPE',
  'os-cacert': 'OS_CACERT',
  'os-cloud': 'OS_CLOUD',
  'os-default-domain': 'OS_DEFAULT_DOMAIN',
}

export const credentialArguments: readonly Argument[] = Object.keys(VARIABLES).flatMap((option): Argument[] => {
  const spelt = `--${option}`
  return [
    { name: option, flags: [spelt], metavar: metavarOf(option), help: `Env: ${ownOf(VARIABLES, option)}` },
    { name: option, flags: [`--${option.replace(/-/g, '_')}`], isHidden: true },
  ]
})

/** `<auth-username>`, `<auth-url>`, `<compute-api-version>` */
function metavarOf(option: string): string {
  const word = option.replace(/^os-/, '')
  return /^(username|password|tenant|project|region)/.test(word) ? `<auth-${word}>` : `<${word}>`
}

/** How wide argparse folds: Python 2 asks the environment alone. */
export function foldingColumns(proc: Process, python: 2 | 3): number {
  return python === 3 ? proc.columns : Number(proc.env.get('COLUMNS')) || 80
}

/** The process's own environment: what follows reads credentials there. */
export function takeCredentials(proc: Process, parsed: ParsedArguments): void {
  for (const [option, variable] of Object.entries(VARIABLES)) {
    const word = parsed.value(option)
    if (word !== null) proc.env.set(variable, word)
  }
}
