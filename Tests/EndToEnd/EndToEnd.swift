import Testing

/// The built agent, the built reference controller, a real engine and the real docker command line.
///
/// One at a time: every test starts programs of its own, and a small machine has room for one set of them.
@Suite(.engine, .serialized, .timeLimit(.minutes(2))) struct EndToEnd {}
