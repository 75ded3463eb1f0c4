/** Everything the scribe says in a room: durable, once, encrypted when the room is. */
export {
  createAttachmentCipher,
  createMediaUploader,
  encryptedFileSchema,
  UploadRefused,
  uploadedSchema,
  type Upload,
  type Uploaded,
  type UploadMedia,
} from './attachments.ts';
export { commandTextsFor, type HelpLine, type StatusLine } from './command-texts.ts';
export { consentTextsFor } from './consent-texts.ts';
export {
  keptRecordingMessage,
  meetingEdit,
  meetingMessage,
  noticeMessage,
  recordingMessage,
  transcriptFile,
  transcriptFileMessage,
  transcriptMessages,
  type Content,
  type MeetingState,
  type Thumbnail,
  type TranscriptFacts,
} from './messages.ts';
export { minutesMessage } from './minutes-message.ts';
export { fittedMinutes, minutesFit } from './minutes-size.ts';
export { minutesTextsFor, type MinutesTexts } from './minutes-texts.ts';
export {
  createOutbox,
  forgetKey,
  forgetSource,
  isUnsent,
  publicationsOf,
  PublishRefused,
  publishingMigrations,
  type OutgoingEvent,
  type PublishingTables,
} from './outbox.ts';
export { aboutOf, createPosted, sourceOf, type Posted, type PostedEvent } from './posted.ts';
export { deletedText, type Remaining, type RemainingKind } from './deletion-texts.ts';
export { resultFileName } from './result-files.ts';
export { sizeText, textsFor, type LobbyLine, type NoticeCode, type RoomLanguage } from './texts.ts';
