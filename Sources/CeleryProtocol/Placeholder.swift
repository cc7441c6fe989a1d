// CeleryProtocol
