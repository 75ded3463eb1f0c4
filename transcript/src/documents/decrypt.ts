import { decryptAttachment } from 'matrix-encrypt-attachment';
import type { IEncryptedFile } from 'matrix-encrypt-attachment';
import { harmlessType, type EncryptedFile } from './attachment.ts';

/** Readable bytes of an encrypted file, as a blob of a harmless type. @throws when they are not those of the sender */
export async function decryptFile(ciphertext: Blob, file: EncryptedFile, mimeType: string): Promise<Blob> {
  // Checks the hash before it decrypts.
  const plain = await decryptAttachment(await ciphertext.arrayBuffer(), file as IEncryptedFile);
  return new Blob([plain], { type: harmlessType(mimeType) });
}
