export { ExportMoved, NotExportable } from './failure.ts'
export { type Exported, exportStack, type StackExport } from './stack-export.ts'
export { exportText } from './text.ts'
