// Broken pcapng files: what is read of them and what is said of the rest, as libpcap has it.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readPcap } from '../../src/wire/pcap.js'

interface Broken {
  readonly name: string
  readonly hex: string
  readonly opened: boolean
  readonly packets: number
  readonly error: string | null
}

const { cases } = JSON.parse(readFileSync('test/golden/tcpdump/pcapng-broken.json', 'utf8')) as { cases: Broken[] }

test.each(cases)('$name', ({ hex, opened, packets, error }) => {
  const file = readPcap(Buffer.from(hex, 'hex'))
  if (!opened) expect(file).toBe(error)
  else expect(typeof file === 'string' ? file : [file.packets.length, file.error]).toEqual([packets, error])
})
