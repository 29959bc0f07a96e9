// answer: a question whose right answer is computed from the lab when it is asked; lesson files never hold it.
import { parseIpv4 } from '../../addr/ipv4.js'
import { parseMac } from '../../addr/mac.js'
import type { Answer, AnswerForm, Verdict } from './check.js'
import { fits } from './check.js'
import type { LabReader } from './lab-reader.js'
import { lookAt, rowSource, withoutSelectors } from './rows.js'

/** Every right answer the lab gives now, in its own words; several rows may fit. */
export async function rightAnswers(spec: Answer, lab: LabReader): Promise<string[]> {
  const { source } = spec
  if (source.from === 'run') {
    const { stdout } = source.onCopy ? await lab.probe(spec.node, source.run, source.first) : await lab.read(spec.node, source.run)
    const picked = [...stdout.matchAll(new RegExp(source.pick, 'gm'))].map((match) => match[1] ?? '')
    return [...new Set(picked.filter((text) => text !== ''))]
  }
  const rows = await lab.rows(spec.node, source.netns, rowSource(source.rows), source.where)
  const fitting = rows.filter((row) => fits(row, withoutSelectors(source.where, source.rows)))
  if (source.from === 'count') return [String(fitting.length)]
  return [...new Set(fitting.flatMap((row) => row[source.field] ?? []).map(String))]
}

export async function judgeAnswer(spec: Answer, text: string, lab: LabReader): Promise<Verdict> {
  const right = await rightAnswers(spec, lab)
  const given = normalAnswer(text, spec.form)
  const met = right.some((one) => normalAnswer(one, spec.form) === given)
  const formed = given === null ? `${FORMS[spec.form]}; "${text}" is none` : null
  const expected = right.length === 0 ? NOTHING_YET : (formed ?? 'what the lab shows')
  return { met, expected, found: `"${text}"`, where: placeOf(spec) }
}

/** A command that a learner would type; what only the check would (a pipeline, a recording) helps nobody. */
function placeOf(spec: Answer): string {
  const { source } = spec
  if (source.from !== 'run') return `${lookAt(rowSource(source.rows), source.where)} on ${spec.node}`
  return /[|;&<>$`\n]/.test(source.run) ? `the hints of this step (F4, or lab hint)` : `${source.run} on ${spec.node}`
}

export const NOTHING_YET = 'the lab has no answer now: do what comes before it, once more if it was long ago'

const FORMS: Readonly<Record<AnswerForm, string>> = {
  word: 'a word',
  number: 'a number',
  mac: 'a MAC address (six pairs of hexadecimal digits)',
  ipv4: 'an IPv4 address',
}

/** The same for `10.0.0.1`, ` 10.0.0.1/24 ` and so on; null when it is not of this form at all. */
export function normalAnswer(text: string, form: AnswerForm): string | null {
  const trimmed = text.trim().replace(/[.?!]$/, '')
  switch (form) {
    case 'word':
      return trimmed.toLowerCase().replace(/\s+/g, ' ')
    case 'number':
      return /^([+-]?\d+(\.\d+)?|0x[0-9a-f]+)$/i.test(trimmed) ? String(Number(trimmed)) : null
    case 'mac': {
      const mac = parseMac(trimmed.replaceAll('-', ':'))
      return mac === null ? null : String(mac)
    }
    case 'ipv4': {
      const address = parseIpv4(trimmed.replace(/\/\d+$/, ''))
      return address === null ? null : String(address)
    }
  }
}
