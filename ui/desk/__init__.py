"""The agent's desk: a Gradio page of panels that are plain values until the browser shows them."""
