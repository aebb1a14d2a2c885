import type { Icon } from '@modelcontextprotocol/server';

// A page with three lines of text, 48 x 48. In place, so that showing it opens no connection.
const png =
  'iVBORw0KGgoAAAANSUhEUgAAADAAAAAwBAMAAAClLOS0AAAAMFBMVEVMaXEfKTceKDcfKTYeKTYeKDYfKTf////1twCNkpn2vxqWm6L26cB+hIwsNkMwOUbR' +
  '3O5+AAAABnRSTlMAgHaIOtIzRm/6AAAACXBIWXMAAAsTAAALEwEAmpwYAAAAkUlEQVQ4y2NgIA+wKCEBByTxsDQkkIqQcUtDASlwibC8mzPhYO63VLhJaW/K' +
  'kcC5NJhZTGnXkSVq0xSgEoxp05ElKtME6CtRs6IDCrqOo0hUdcDBcuIkcBo16g+S/bEGQwLq3C7iJXAaNaAJjkQJnBmHJe0P9qwGzJy3d8PB3mephLMzzgKA' +
  'gUXZGA6MHMgsdwBmSUwZjRy9OwAAAABJRU5ErkJggg==';

/** The server's icon, as a data: URL. */
export const serverIcon: Icon = { src: `data:image/png;base64,${png}`, mimeType: 'image/png', sizes: ['48x48'] };
