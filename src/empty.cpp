// A room without sources yet links this.
