// Cases that the fuzz run found, each as it was before it was mended: none is an internal error, and what is said is right.
import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.js'
import { parseScenario } from '../../src/scenario/parse.js'

async function labOf(text: string): Promise<Lab> {
  const { scenario, problems } = parseScenario(`title: found\n${text}`, 'found.yaml', 'found')
  if (scenario === null) throw new Error(problems.map(({ message }) => message).join('\n'))
  return Lab.boot(scenario)
}

test('a bridge in the database of Open vSwitch 1.4, whose schema lacks columns of later ones', async () => {
  const lab = await labOf('image: ubuntu-12.04\nnodes: {a: {services: [openvswitch], bridges: {br-int: []}}}')
  expect(lab.takeBugs()).toEqual([])
  expect((await lab.run('a', 'ovs-vsctl list-br')).stdout).toBe('br-int\n')
})

const lab = await labOf('nodes: {a: {services: [openvswitch]}}')

async function said(line: string): Promise<unknown[]> {
  const { stdout, stderr, exitCode } = await lab.run('a', line)
  expect(lab.takeBugs()).toEqual([])
  return [stdout + stderr, exitCode]
}

test('`!` and `time` before nothing', async () => {
  expect(await said('! ; echo $?')).toEqual(['1\n', 0])
  expect(await said('! & sleep 1')).toEqual(["bash: syntax error near unexpected token `&'\n", 2])
  expect(await said('! && echo')).toEqual(["bash: syntax error near unexpected token `&&'\n", 2])
  expect(await said('! ! true; echo $?')).toEqual(['0\n', 0])
  expect(await said('true && ! ; echo $?')).toEqual(['1\n', 0])
})

test('a time that is no number', async () => {
  expect(await said('wget --timeout -c 0.0001 x')).toEqual(['wget: --timeout: Invalid time period ‘-c’\n', 2])
})

test('an expression of find that is not there', async () => {
  const missing = async (words: string): Promise<unknown> => (await said(`find . ${words}`))[0]
  expect(await missing('!')).toBe("find: expected an expression after '!'\n")
  expect(await missing('-name x -o')).toBe("find: expected an expression after '-o'\n")
  expect(await missing('\\(')).toBe(
    "find: invalid expression; expected to find a ')' but didn't see one. Perhaps you need an extra predicate after '('\n",
  )
  expect(await missing('\\( \\)')).toBe('find: invalid expression; empty parentheses are not allowed.\n')
  expect(await missing('! \\)')).toBe("find: expected an expression between '!' and ')'\n")
  expect(await missing('-o -name x')).toBe("find: invalid expression; you have used a binary operator '-o' with nothing before it.\n")
  expect(await missing('-name x \\)')).toBe("find: you have too many ')'\n")
})

test('a flow for packets of another type says so', async () => {
  expect((await said("ovs-ofctl parse-flow 'packet_type=(1,0x800),reg1=1,actions=1'"))[0]).toContain(
    'ADD packet_type=(1,0x800),reg1=0x1 actions',
  )
  expect((await said("ovs-ofctl parse-flow 'packet_type=(1,1),actions=1'"))[0]).toContain('ADD packet_type=(1,1) actions')
})
