// thread: any
// Where the files of the embedding model lie within the model folder. The layout is the one of the model hub.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'

export const MODEL_ID = 'Xenova/all-MiniLM-L6-v2'
export const MODEL_DIMENSIONS = 384

/** Relative to {@link modelFolder}. */
export const modelFiles = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'onnx/model_quantized.onnx',
] as const

export function modelFolder(modelDir: string): string {
  return join(modelDir, ...MODEL_ID.split('/'))
}

/** Names of the files that are not there, or empty. */
export async function missingModelFiles(modelDir: string): Promise<string[]> {
  const missing: string[] = []
  for (const file of modelFiles) {
    const found = await stat(join(modelFolder(modelDir), file)).catch(() => undefined)
    if (found === undefined || !found.isFile() || found.size === 0) missing.push(file)
  }
  return missing
}
