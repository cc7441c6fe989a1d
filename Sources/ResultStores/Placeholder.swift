// ResultStores
