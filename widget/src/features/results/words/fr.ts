import { frenchSpaces } from '@palabre/protocol';
import type { ResultsWords } from './en.ts';

export const fr = frenchSpaces<ResultsWords>({
  title: 'Réunions précédentes',
  back: 'Revenir aux réunions',
  loading: 'Recherche des réunions…',
  refused:
    'Votre messagerie n’autorise pas l’appel à lire les messages de ce salon : les réunions précédentes ne peuvent pas être affichées ici.',
  noBots:
    'Rien n’indique à cet appel à quels résultats de réunion se fier : les réunions précédentes ne peuvent pas être affichées ici.',
  failed: 'Les réunions n’ont pas pu être chargées. Vérifiez votre connexion et réessayez.',
  none: 'Aucune réunion de ce salon avec une transcription ou un enregistrement n’est encore connue ici.',
  loadedOnly:
    'Les réunions plus anciennes n’ont pas pu être recherchées : seules figurent celles des messages que votre messagerie a chargés. Pour en voir d’autres, remontez dans le salon.',
  more: 'Afficher les réunions précédentes',
  moreFailed: 'Les réunions précédentes n’ont pas pu être chargées. Vérifiez votre connexion et réessayez.',
  all: 'Voici toutes les réunions que vous pouvez consulter ici.',
  noFiles:
    'Votre messagerie ne transmet pas de fichiers à l’appel : les enregistrements ne peuvent pas être lus ici, et seul le texte des messages est affiché.',
  participants_one: '{{count}} participant : {{names}}',
  participants_other: '{{count}} participants : {{names}}',
  running: 'en cours',
  lasted: 'a duré {{duration}}',
  transcript: 'Transcription',
  recording: 'Enregistrement',
  minutes: 'Compte rendu',
  nothing: 'Rien n’a été conservé de cette réunion.',
  unread: 'Ce qui a été conservé de cette réunion n’a pas pu être chargé.',
  parts: 'Partie de la réunion',
  noTranscript: 'Il n’y a pas de transcription de cette réunion.',
  incomplete:
    'Cette réunion compte plus de messages que ce qui a pu être chargé : il manque peut-être des corrections ici.',
});
