document.title = 'Patchbay'
