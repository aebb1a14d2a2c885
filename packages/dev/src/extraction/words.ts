const list = (text: string): readonly string[] => text.split('|');

// What drawn documents are about. All of it is made up.
export const companies: readonly string[] = list(
  'Novak Hardware|Bergmann & Sons|Blue Harbor Foods|Lindqvist AB|Montparnasse Market|Olive Tree Store|Garcia Motors|Northwind Books|Schäfer Werkzeuge|Tanaka Trading|Red Fox Studio|Keller Optik GmbH|Rossi Services|Green Valley Farm|Dubois Services|Pinewood Supply',
);
export const streets: readonly string[] = list(
  'Mill Lane|Station Road|Hafenweg|Pine St|Rue Lepic|Market Square|Victoria Road|Lindenallee|Elm St|Via Roma|Church Street|Kirchgasse',
);
export const cities: readonly string[] = list(
  'Leipzig|Boston|Lyon|Toronto|Madrid|Uppsala|Denver|Verona|Graz|Seattle|Bristol|Porto|Malmö|Austin|Bern|Dublin',
);
export const givenNames: readonly string[] = list(
  'Anna|John|Laura|Peter|Chloé|Marco|Ingrid|David|Sofia|Karen|Lukas|Maria|Thomas|Elena|Oscar|Julia',
);
export const surnames: readonly string[] = list(
  'Nelson|Weber|Garcia|Rossi|Dupont|Clark|Nguyen|Larsson|Kowalski|Hughes|Moreau|Keller|Jones|Silva|Novak|Wright',
);
export const products: readonly string[] = list(
  'Rye Bread|Chocolate|Paint Brush|Phone Case|Tomato Soup|Wool Hat|Work Gloves|Orange Juice|Notebook|Light Bulb|Garden Hose|Olive Oil|Green Tea|Steel Screws|Desk Lamp|Brake Pads|Hand Soap|Apple Cake',
);
export const payments: readonly string[] = list('Cash|Visa|Debit|Mastercard');
