/**
 * What notices say, by their code: in the room as the bridge posts them, and in the messenger in its reader's language. Those that name
 * people, times or another message have words of their own in either.
 */
export const NOTICE_WORDS = {
  en: {
    captions_on:
      '💬 Somebody reads captions in this call, so the scribe listens. For captions it keeps nothing of what it hears.',
    capture_interrupted:
      'The recording or transcription is interrupted because of a fault on the server. What was captured before is kept, and it goes on by itself as soon as possible.',
    capture_delayed:
      'The recording or transcription that was asked for has not begun: because of a fault on the server, the scribe cannot start it yet. It begins by itself as soon as possible.',
    speech_away:
      'No speech recognition is available at the moment. What is said is kept, encrypted, and gets its text as soon as one is back.',
    speech_unavailable:
      'The speech recognition was not available for part of the meeting. What is missing is named in the transcript.',
    scribe_failed: 'The recording or transcription stopped early because of a fault. What was captured is posted.',
    recorder_failed: 'The recorder failed for part of the meeting. What was captured is posted.',
    recording_empty: 'Nothing was recorded: the recorder could not start.',
    recording_not_agreed: 'Nothing was recorded: nobody agreed to it.',
    transcription_not_agreed: 'Nothing was transcribed: nobody agreed to it.',
    recording_failed: 'The recording could not be finished. What was captured stays on the server, encrypted.',
    recording_limit:
      'The recording has reached the longest duration or largest size that this server allows and was stopped. What was recorded is posted.',
    upload_refused: 'The homeserver refused a file of this meeting. What was captured stays on the server, encrypted.',
    results_delayed:
      'The results of this meeting are late because of a fault on the server. They are kept and will be posted as soon as possible.',
    results_refused:
      'The results of this meeting could not be posted in this room. What was captured stays on the server, encrypted.',
  },
  fr: {
    captions_on:
      '💬 Quelqu’un lit les sous-titres de cet appel : le scribe écoute donc. Pour les sous-titres, il ne conserve rien de ce qu’il entend.',
    capture_interrupted:
      'L’enregistrement ou la transcription est interrompu à cause d’une panne du serveur. Ce qui a été capté auparavant est conservé, et la suite sera captée dès que possible.',
    capture_delayed:
      'L’enregistrement ou la transcription demandé n’a pas commencé : à cause d’une panne du serveur, le scribe ne peut pas encore démarrer. Cela commencera automatiquement dès que possible.',
    speech_away:
      'Aucune reconnaissance vocale n’est disponible pour le moment. Ce qui est dit est conservé, chiffré, et sera transcrit dès qu’il y en aura une.',
    speech_unavailable:
      'La reconnaissance vocale n’était pas disponible pendant une partie de la réunion. Ce qui manque est indiqué dans la transcription.',
    scribe_failed:
      'L’enregistrement ou la transcription s’est arrêté trop tôt à cause d’une panne. Ce qui a été capté est publié.',
    recorder_failed:
      'L’enregistreur est tombé en panne pendant une partie de la réunion. Ce qui a été capté est publié.',
    recording_empty: 'Rien n’a été enregistré : l’enregistreur n’a pas pu démarrer.',
    recording_not_agreed: 'Rien n’a été enregistré : personne ne l’a accepté.',
    transcription_not_agreed: 'Rien n’a été transcrit : personne ne l’a accepté.',
    recording_failed: 'L’enregistrement n’a pas pu être terminé. Ce qui a été capté reste sur le serveur, chiffré.',
    recording_limit:
      'L’enregistrement a atteint la durée ou la taille maximale permise par ce serveur et a été arrêté. Ce qui a été enregistré est publié.',
    upload_refused:
      'Le serveur a refusé un fichier de cette réunion. Ce qui a été capté reste sur le serveur, chiffré.',
    results_delayed:
      'Les résultats de cette réunion sont retardés par une panne du serveur. Ils sont conservés et seront publiés dès que possible.',
    results_refused:
      'Les résultats de cette réunion n’ont pas pu être publiés dans ce salon. Ce qui a été capté reste sur le serveur, chiffré.',
  },
} as const;
