// Metadata from the namespace's proxy over the metadata agent to nova: headers, signature, and what each says when something is missing.
import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { MetadataAgent } from '../../src/cloud/neutron/metadata/metadata-agent.js'
import { MetadataProxy } from '../../src/cloud/neutron/metadata/proxy-process.js'
import { Namespace } from '../../src/cloud/neutron/namespace.js'
import type { NeutronRelease } from '../../src/cloud/neutron/release.js'
import type { HttpRequest } from '../../src/node/daemons/http.js'
import { startHttpServer } from '../../src/node/daemons/http.js'
import { drive } from '../node/support.js'
import type { AgentLab } from './agent-lab.js'
import { agentLab, port, ROUTER } from './agent-lab.js'

const SECRET = 'foo'
const INSTANCE = 'c6ca1b4f-0000-4000-8000-000000000001'
const FLAGS = [
  ['nova_metadata_ip', '127.0.0.1'],
  ['metadata_proxy_shared_secret', SECRET],
] as const

interface MetadataLab extends AgentLab {
  readonly agent: MetadataAgent
  /** What nova was asked. */
  readonly asked: HttpRequest[]
  /** nova's answer. */
  status: number
  /** Status line and body of a request from inside the namespace. */
  fetch(words?: string): Promise<string>
}

async function metadataLab(release: NeutronRelease): Promise<MetadataLab> {
  const lab = agentLab(release, FLAGS)
  const asked: HttpRequest[] = []
  const agent = new MetadataAgent(lab.context)
  const more: MetadataLab = {
    ...lab,
    agent,
    asked,
    status: 200,
    fetch: (words = '') =>
      lab.out(`ip netns exec qrouter-${ROUTER} curl -s -i ${words} http://127.0.0.1:9697/latest/meta-data/local-ipv4 | grep -v Date`),
  }
  startHttpServer(lab.machine, { address: 0, port: 8775, argv: ['nova-api-metadata'] }, (request) => {
    asked.push(request)
    return { status: more.status, body: more.status === 200 ? '10.10.10.7' : 'nova says no', headers: [['Content-Type', 'text/plain']] }
  })
  await lab.out('ip link set lo up')
  void agent.start()
  await lab.after(agent)
  const { profile } = lab.context
  const namespace = new Namespace(`qrouter-${ROUTER}`, agent.agent, profile.l3.netlink)
  await drive(lab.machine, namespace.ensure())
  await drive(lab.machine, new MetadataProxy(agent.agent, profile).start(namespace, { routerId: ROUTER }))
  lab.told.ports = [port('8cbe7bb6-18d9-4455-abce-473ebe5a9591', 'fa:16:3e:32:28:af', '127.0.0.1', { deviceId: INSTANCE })]
  return more
}

test('nova is told whose port asks, with a signature', async () => {
  for (const release of ['icehouse', 'stein'] as const) {
    const lab = await metadataLab(release)
    expect(await lab.fetch()).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\n[\s\S]*\r\n\r\n10\.10\.10\.7\n$/)
    const { path, headers } = lab.asked[0]!
    expect(path).toBe('/latest/meta-data/local-ipv4')
    expect(headers.get('x-instance-id')).toBe(INSTANCE)
    expect(headers.get('x-tenant-id')).toBe('tenant')
    expect(headers.get('x-forwarded-for')).toBe('127.0.0.1')
    expect(headers.get('x-instance-id-signature')).toBe(createHmac('sha256', SECRET).update(INSTANCE).digest('hex'))
  }
})

test('nobody or several with the address: 404 and nova is not asked', async () => {
  for (const release of ['icehouse', 'stein'] as const) {
    const lab = await metadataLab(release)
    lab.told.ports.push(port('other', 'fa:16:3e:32:28:b0', '127.0.0.1'))
    expect(await lab.fetch()).toContain('404 Not Found')
    lab.told.ports = []
    expect(await lab.fetch()).toContain('The resource could not be found.')
    expect(lab.asked).toEqual([])
  }
})

test("a wrong secret: neutron's own proxy knows no 403, haproxy passes it on", async () => {
  const old = await metadataLab('icehouse')
  old.status = 403
  expect(await old.fetch()).toContain('500 Internal Server Error')
  const later = await metadataLab('stein')
  later.status = 403
  expect(await later.fetch()).toMatch(/^HTTP\/1\.1 403 Forbidden[\s\S]*Access was denied to this resource/)
})

test("a forged header: dropped by neutron's own proxy, found out behind haproxy", async () => {
  const forged = '-H "X-Neutron-Network-ID: another"'
  const old = await metadataLab('icehouse')
  expect(await old.fetch(forged)).toContain('200 OK')
  const later = await metadataLab('stein')
  expect(await later.fetch(forged)).toContain('404 Not Found')
})

test('a metadata agent that died', async () => {
  const old = await metadataLab('icehouse')
  old.agent.agent.proc.kill('KILL')
  expect(await old.fetch()).toContain('An unknown error has occurred. Please try your request again.')
  const later = await metadataLab('stein')
  later.agent.agent.proc.kill('KILL')
  expect(await later.fetch()).toMatch(/^HTTP\/1\.1 503 Service Unavailable/)
})
