// All benchmarks in one process: ratios within one run are what counts, machines differ.
import { perSecond, row, section } from './report.js'
import { prototypeDvr } from './prototype-dvr.js'

section('Frame representation: prototype of the DVR path')
const prototype = prototypeDvr()
row('round trips, nothing attached', perSecond(prototype.quiet), `${prototype.quiet.microseconds.toFixed(2)} us`)
row('round trips, every step kept', perSecond(prototype.traced), `${(prototype.traced.microseconds / prototype.quiet.microseconds).toFixed(2)} times the time`)
