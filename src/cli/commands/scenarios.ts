// `netlab scenarios`: what there is.
import { builtInScenarios, loadScenario } from '../../scenario/library.js'
import { EXIT } from '../exit-code.js'
import { out } from '../streams.js'
import { table } from '../table.js'

export async function scenarios(options: { json?: boolean }): Promise<number> {
  const found = await Promise.all(builtInScenarios().map((entry) => loadScenario(entry.name)))
  if (options.json === true) {
    const rows = found.map(({ name, title, summary, file, cloud, nodes }) => ({
      name,
      title,
      summary,
      file,
      release: cloud?.release ?? null,
      nodes: nodes.map((node) => node.name),
    }))
    out(`${JSON.stringify(rows, null, 2)}\n`)
    return EXIT.done
  }
  out(
    table(
      ['NAME', 'NODES', 'TITLE'],
      found.map(({ name, nodes, title }) => [name, String(nodes.length), title]),
    ),
  )
  return EXIT.done
}
