// The hops of a floating IP built by hand from namespaces: what the tools print there and how far each packet gets, against a recording.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { OneMachine } from '../util/one-machine.js'

interface Recorded {
  readonly line: string
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

interface Golden {
  readonly setup: readonly string[]
  readonly sessions: readonly (readonly Recorded[])[]
}

const golden = JSON.parse(readFileSync(new URL('../../golden/dvr-hops.json', import.meta.url), 'utf8')) as Golden

function withoutTimes(text: string): string {
  return text
    .replace(/time=[\d.]+ ms/g, 'time=T ms')
    .replace(/time \d+ms/g, 'time Tms')
    .replace(/rtt min\/avg\/max\/mdev = [\d./]+ ms(, pipe \d+)?/g, 'rtt T')
    .replace(/(?<= )[\d.]+ ms/g, 'T ms')
    .replace(/[\d.]+ms$/gm, 'T')
    .replace(/expires \d+sec/g, 'expires Tsec')
    .replace(/@if\d+/g, '@ifN')
    .replace(/link-netnsid \d+/g, 'link-netnsid N')
    .replace(/^\d+: (?=\S+@|lo:)/gm, 'N: ')
    .replace(/^\d+:( +)(?=\S+ +inet )/gm, 'N:$1')
    .replace(/"(ifindex|link_index|link_netnsid)":\d+/g, '"$1":N')
}

test.each(golden.sessions.map((cases, i) => [i, cases] as const))('every hop answers as the real ones, session %i', async (_, cases) => {
  const one = new OneMachine()
  for (const line of [...golden.setup, 'sleep 1.5'])
    expect({ line, ...(await one.run(line)) }).toMatchObject({ line, stderr: '', exitCode: 0 })
  for (const wanted of cases) {
    const { stdout, stderr, exitCode } = await one.run(wanted.line)
    expect({ line: wanted.line, stdout: withoutTimes(stdout), stderr: withoutTimes(stderr), exitCode }).toEqual(wanted)
  }
})
