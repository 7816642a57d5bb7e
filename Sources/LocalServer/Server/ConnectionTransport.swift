import NIOCore

/// What a server connection runs on: the two directions of one client's bytes.
///
/// Concurrency: everything happens on `eventLoop`.
protocol ConnectionTransport: AnyObject {
    var eventLoop: any EventLoop { get }
    /// `false` while more than a bound waits for the client; what is written all the same waits in memory.
    var isWritable: Bool { get }
    func write(_ bytes: ByteBuffer)
    func flush()
    /// Asks for the next piece; nothing arrives unasked.
    func read()
    /// Ends our direction once all that was written has left, and says so with `ServerConnection.outputClosed`.
    func closeOutput()
    /// Ends both directions at once. What was not sent is lost.
    func close()
    /// The client has shown a valid credential: reads and output may be as large as the transport usually allows.
    func raiseBounds()
}
