// Recordings of the real clients: what each command printed (both streams) and its exit code.
import { readFileSync } from 'node:fs'
import type { Command } from '../../../src/node/command.js'
import { pass, run, type TestLab, twoMachines } from '../net/two-machines.js'
import { ApiStub, STUB_URL } from './api-stub.js'

export interface Recording {
  readonly line: string
  readonly output: string
  readonly exitCode: number
}

/** Lines beginning with # tell tool and version. */
export function recordings(file: string): Recording[] {
  const text = readFileSync(`test/golden/openstack/${file}`, 'utf8').replace(/^#.*\n/gm, '')
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n')
      const match = /\[exit (\d+)\]\n*$/.exec(part)!
      return { line: part.slice(0, end), output: part.slice(end + 1, match.index), exitCode: Number(match[1]) }
    })
}

export interface ClientLab {
  readonly lab: TestLab
  readonly stub: ApiStub
}

/** Machine a types, machine b is the cloud. */
export async function clientLab(commands: readonly Command[], image: string, rows?: string): Promise<ClientLab> {
  const lab = twoMachines(commands, [image, 'debian-12'])
  const stub = new ApiStub(lab.b, rows)
  const env: Record<string, string> = {
    OS_AUTH_URL: `${STUB_URL}/v3`,
    OS_USERNAME: 'admin',
    OS_PASSWORD: 'admin',
    OS_PROJECT_NAME: 'admin',
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_IDENTITY_API_VERSION: '3',
  }
  if (image === 'ubuntu-14.04')
    Object.assign(env, { OS_AUTH_URL: `${STUB_URL}/v2.0`, OS_TENANT_NAME: 'admin', OS_IDENTITY_API_VERSION: '2.0' })
  for (const [name, value] of Object.entries(env)) lab.a.init.env.set(name, value)
  await pass(lab, 1)
  return { lab, stub }
}

/** What came in which order the two streams do not tell. */
export async function ask({ lab }: ClientLab, line: string): Promise<{ outputs: string[]; exitCode: number }> {
  const { stdout, stderr, exitCode } = await run(lab, lab.a, line.split(' '))
  return { outputs: stderr === '' || stdout === '' ? [stderr + stdout] : [stderr + stdout, stdout + stderr], exitCode }
}

/** The order of the two that is the recording's, else the first. */
export function bestOf(outputs: readonly string[], wanted: string): string {
  return outputs.find((output) => output === wanted) ?? outputs[0]!
}

/** Requests of `neutron subnet-create private 10.1.0.0/24 --name s --no-gateway --disable-dhcp`. */
export const STUB_LINES = [
  'GET /net/v2.0/networks.json?fields=id&name=private ',
  'POST /net/v2.0/subnets.json {"subnet":{"cidr":"10.1.0.0/24","network_id":"00000001-0000-4000-8000-000000000001","ip_version":4,"gateway_ip":null,"name":"s","enable_dhcp":false}}',
]
