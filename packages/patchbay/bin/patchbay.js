#!/usr/bin/env node
import '@patchbay/server/command'
