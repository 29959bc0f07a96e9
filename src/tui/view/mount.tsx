// Puts the program's view on the screen sink, under Ink.
import { type Instance, render } from 'ink'
import type { App } from '../model/app.js'
import type { InkInput } from '../terminal/key-gate.js'
import type { ScreenSink } from '../terminal/screen-sink.js'
import { AppView } from './app-view.js'

export function mount(app: App, sink: ScreenSink, input: InkInput): Instance {
  return render(<AppView app={app} sink={sink} />, {
    stdout: sink as unknown as NodeJS.WriteStream,
    stdin: input as unknown as NodeJS.ReadStream,
    exitOnCtrlC: false,
    patchConsole: false,
    // One whole frame a write, without Ink's own erasing and throttling: the sink compares, `Changes` joins.
    debug: true,
  })
}
