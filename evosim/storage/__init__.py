"""The run file: columns, format, reader, writer and export. It knows nothing of minds or worlds."""
