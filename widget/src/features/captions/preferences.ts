import * as z from 'zod/mini';
import { recall, remember } from '../../memory.ts';
import type { CaptionsLook } from '../../store/index.ts';

const lookSchema = z.object({ size: z.enum(['small', 'medium', 'large']), place: z.enum(['over', 'below']) });

/** How this person liked captions in their last call. */
export function recallCaptionsLook(): CaptionsLook | undefined {
  try {
    const parsed = lookSchema.safeParse(JSON.parse(recall('captions.look') ?? 'null'));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export function rememberCaptionsLook(look: CaptionsLook): void {
  remember('captions.look', JSON.stringify(look));
}

/** Languages that people may say they speak; each is named in itself. */
export const SPOKEN_LANGUAGES = ['de', 'en', 'es', 'fr', 'it', 'nl', 'pl', 'pt'] as const;
