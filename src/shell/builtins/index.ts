// All builtins by name.

import { basic } from './basic.js'
import type { Builtin } from './builtin.js'
import { declarations } from './declare.js'
import { directories } from './directory.js'
import { typing } from './history.js'
import { information } from './information.js'
import { jobControl } from './job-control.js'
import { reading } from './read.js'
import { settings } from './set.js'

export const builtins: ReadonlyMap<string, Builtin> = new Map(
  Object.entries({ ...basic, ...declarations, ...directories, ...information, ...jobControl, ...reading, ...settings, ...typing }),
)
